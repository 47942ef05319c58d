//! Where is this IP address? A public service that told it is long gone; this stands in for it.

use std::net::IpAddr;
use std::time::Duration;

use ioloop::sleep;
use lesson_10_streams::ask;
use serde::{Deserialize, Serialize};
use slow_server::Address;
use web::{Application, FetchError, Handler, HttpError, HttpResponse, Reply, Request, StatusCode};

/// Four addresses that the service knows: of the ranges that are nobody's, for use in documentation.
pub const FOUR: [&str; 4] = ["192.0.2.1", "192.0.2.2", "198.51.100.1", "203.0.113.1"];

/// What the service answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// 1 if the address is known, -1 if not.
    pub ret: i32,
    /// Empty if the address is not known, like the others.
    pub country: String,
    /// A part of it.
    pub province: String,
    /// A city there.
    pub city: String,
}

impl Place {
    /// The place that `response` names.
    ///
    /// # Errors
    ///
    /// [`FetchError::Malformed`] if it is not what the service answers.
    pub fn of(response: &HttpResponse) -> Result<Place, FetchError> {
        response
            .json()
            .map_err(|error| FetchError::Malformed(error.into()))
    }

    fn named(ret: i32, [country, province, city]: [&str; 3]) -> Place {
        Place {
            ret,
            country: country.to_owned(),
            province: province.to_owned(),
            city: city.to_owned(),
        }
    }

    fn known(ip: IpAddr) -> Place {
        let place = match &*ip.to_string() {
            "192.0.2.1" => ["China", "Zhejiang", "Hangzhou"],
            "192.0.2.2" => ["Kenya", "Nairobi County", "Nairobi"],
            "198.51.100.1" => ["Norway", "Vestland", "Bergen"],
            "203.0.113.1" => ["Peru", "Cusco", "Cusco"],
            _ if ip.is_loopback() => ["nowhere", "loopback", "home"],
            _ => return Place::named(-1, [""; 3]),
        };
        Place::named(1, place)
    }
}

/// The service: `/where?ip=192.0.2.1`, and `&after=100` for an answer that comes 100 ms later, at most a minute. If there is
/// a slow server, that is asked for the city, whatever the address.
pub fn stand_in(slow: Option<Address>) -> Application {
    Application::new().route("/where", move || Where { slow: slow.clone() })
}

/// The handler of the service.
#[derive(Debug)]
pub struct Where {
    /// What is asked for the city.
    pub slow: Option<Address>,
}

impl Handler for Where {
    const ALLOW: &'static str = "GET, HEAD";

    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        let wrong = |what: &str| HttpError::new(StatusCode::BAD_REQUEST).because(what);
        let ip = request.argument("ip")?;
        let ip = ip.parse().map_err(|_| wrong("ip: no address"))?;
        let after: u64 = request
            .argument_or("after", "0")?
            .parse()
            .map_err(|_| wrong("after: no number"))?;
        if after > 60_000 {
            return Err(wrong("after: more than a minute"));
        }
        sleep(Duration::from_millis(after)).await;
        let mut place = Place::known(ip);
        if let Some(slow) = &self.slow {
            match ask(slow.clone()).await {
                Ok(city) => place.city = city,
                Err(error) => {
                    reply.set_status(StatusCode::BAD_GATEWAY);
                    reply.write(error.to_string());
                    return Ok(());
                }
            }
        }
        reply.write_json(&place)?;
        Ok(())
    }
}
