use iostream::{IoStream, Transport};

use crate::Failure;
use crate::fetch::{LONGEST, REQUEST};

/// Tornado's "very simple (and broken) HTTP client": the headers until a blank line, then as many bytes as they say.
///
/// # Errors
///
/// If the stream closes, or nobody says how many.
pub async fn very_simple<S: Transport>(stream: &IoStream<S>) -> Result<Vec<u8>, Failure> {
    stream.write(REQUEST).await?;
    let head = String::from_utf8(stream.read_until(b"\r\n\r\n", LONGEST).await?)?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .ok_or("no Content-Length")?;
    Ok(stream.read_bytes(length.parse()?).await?)
}
