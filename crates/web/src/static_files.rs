//! Files, beneath a folder and nowhere else.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File};
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, StatusCode};
use pool::Pool;

use crate::Request;
use crate::error::{HttpError, Result};
use crate::handler::Handler;
use crate::reply::Reply;

/// The threads that read files: a disk blocks whoever asks it.
static READERS: LazyLock<Pool> = LazyLock::new(|| Pool::new(4).named("files"));

/// So much is read at a time.
const PIECE: usize = 256 << 10;

/// A folder whose files are served.
pub(crate) struct Files {
    prefix: String,
    folder: Dir,
}

impl Files {
    pub(crate) fn open(prefix: &str, folder: &Path) -> io::Result<Self> {
        Ok(Self {
            prefix: prefix.to_owned(),
            folder: Dir::open_ambient_dir(folder, ambient_authority())?,
        })
    }

    /// Opens a file. The folder lets nobody out, neither by the path nor by a link.
    fn get(&self, path: &str) -> io::Result<Opened> {
        // Before it is opened: opening a pipe would wait for its writer.
        let plain = |is_file| match is_file {
            true => Ok(()),
            false => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        plain(self.folder.metadata(path)?.is_file())?;
        let file = self.folder.open(path)?;
        let metadata = file.metadata()?;
        plain(metadata.is_file())?;
        Ok(Opened {
            file,
            length: metadata.len(),
            modified: metadata.modified()?.into_std(),
        })
    }
}

struct Opened {
    file: File,
    length: u64,
    modified: SystemTime,
}

/// What changes when a file does.
fn version(length: u64, modified: SystemTime) -> String {
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{length:x}", since.as_nanos())
}

/// The address of a file, with its version.
pub(crate) fn url(files: &Files, path: &str) -> String {
    let url = format!("{}{path}", files.prefix);
    let metadata = sound(path).and_then(|path| files.folder.metadata(path).ok());
    let version = metadata.and_then(|metadata| {
        let modified = metadata.modified().ok()?;
        Some(version(metadata.len(), modified.into_std()))
    });
    match version {
        Some(version) => format!("{url}?v={version}"),
        None => url,
    }
}

/// The path, if each of its parts is the name of a file wherever this runs. It is decoded already, once.
fn sound(path: &str) -> Option<String> {
    let file = match path.is_empty() || path.ends_with('/') {
        true => format!("{path}index.html"),
        false => path.to_owned(),
    };
    let name = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    file.split('/').all(name).then_some(file)
}

/// Serves a file.
pub(crate) struct StaticFile {
    files: Arc<Files>,
}

impl StaticFile {
    pub(crate) fn new(files: Arc<Files>) -> Self {
        Self { files }
    }
}

impl Handler for StaticFile {
    const ALLOW: &'static str = "GET, HEAD";

    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        let not_found = || HttpError::new(StatusCode::NOT_FOUND);
        let path = sound(request.path_argument(0)).ok_or_else(not_found)?;
        let kind = content_type(&path);
        let files = self.files.clone();
        let opened = READERS.submit(move || files.get(&path)).await;
        let Opened {
            mut file,
            mut length,
            modified,
        } = opened
            .map_err(|panic| not_found().because(panic.to_string()))?
            .map_err(|error| not_found().because(error.to_string()))?;

        let tag = format!("\"{}\"", version(length, modified));
        let date = httpdate::fmt_http_date(modified);
        let unchanged = match request.header(IF_NONE_MATCH.as_str()) {
            Some(known) => known.split(',').any(|known| {
                let known = known.trim();
                known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
            }),
            None => request.header(IF_MODIFIED_SINCE.as_str()) == Some(&date),
        };
        reply.set_header(ETAG, tag)?;
        reply.set_header(LAST_MODIFIED, date)?;
        if request.query().iter().any(|(name, _)| name == "v") {
            reply.set_header(CACHE_CONTROL, "public, max-age=31536000, immutable")?;
        }
        if unchanged {
            reply.set_status(StatusCode::NOT_MODIFIED);
            return Ok(());
        }
        reply.set_header(CONTENT_TYPE, HeaderValue::from_static(kind))?;
        reply.set_header(X_CONTENT_TYPE_OPTIONS, "nosniff")?;
        reply.set_header(CONTENT_LENGTH, length)?;
        if request.method() == Method::HEAD {
            return reply.flush().await;
        }
        let mut at = 0;
        while length > 0 {
            let read = READERS.submit(move || {
                let mut piece = Vec::new();
                file.seek(SeekFrom::Start(at))?;
                let wanted = length.min(PIECE as u64);
                (&mut file).take(wanted).read_to_end(&mut piece)?;
                Ok::<_, io::Error>((file, piece))
            });
            let failed =
                |error: String| HttpError::new(StatusCode::INTERNAL_SERVER_ERROR).because(error);
            let piece;
            (file, piece) = read.await.map_err(|panic| failed(panic.to_string()))??;
            if piece.is_empty() {
                return Err(failed("the file has become shorter".to_owned()));
            }
            at += piece.len() as u64;
            length -= piece.len() as u64;
            reply.write(piece);
            reply.flush().await?;
        }
        Ok(())
    }
}

/// What a file is, by its name.
fn content_type(path: &str) -> &'static str {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=UTF-8",
        "css" => "text/css; charset=UTF-8",
        "js" | "mjs" => "text/javascript; charset=UTF-8",
        "txt" | "md" => "text/plain; charset=UTF-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}
