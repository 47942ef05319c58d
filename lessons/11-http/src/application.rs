//! The server that A, B and C come to.

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use lesson_01_blocking::{request_b, request_c};
use timeline::tell;
use web::{
    Application, AsyncHttpClient, FetchError, Handler, HttpError, Reply, Request, StatusCode,
};

use crate::{Place, Watched};

/// A, B and C, each at its path. `service` is what A asks, with `client`.
pub fn application(client: AsyncHttpClient, service: &str) -> Application {
    let service: Rc<str> = service.into();
    let request_a = move || RequestA {
        client: client.clone(),
        service: service.clone(),
    };
    Application::new()
        .route("/A", move || Watched::new("A", request_a()))
        .route("/B", || Quick(request_b))
        .route("/C", || Quick(request_c))
}

/// Where does this client come from? That is asked of a service.
#[derive(Debug)]
pub struct RequestA {
    /// What asks.
    pub client: AsyncHttpClient,
    /// The address of the service, without a query.
    pub service: Rc<str>,
}

impl Handler for RequestA {
    const ALLOW: &'static str = "GET, HEAD";

    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        tell("A begins");
        // Who comes by no network is here.
        let ip = request.remote_ip().unwrap_or(Ipv4Addr::LOCALHOST.into());
        let place = self.long_io(ip).await.map_err(gateway)?;
        tell(format!("A resumed with {:?}", place.city));
        tell("A ends");
        reply.write_json(&place)?;
        Ok(())
    }
}

impl RequestA {
    async fn long_io(&self, ip: IpAddr) -> Result<Place, FetchError> {
        tell("I/O begins");
        let response = self
            .client
            .fetch(format!("{}?ip={ip}", self.service))
            .await?;
        let place = Place::of(&response)?;
        tell("I/O ends");
        Ok(place)
    }
}

/// What a server answers whose own server has failed it.
fn gateway(error: FetchError) -> HttpError {
    let status = match error {
        FetchError::TimedOut(_) => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    };
    let said = error.response().and_then(|response| response.text().ok());
    HttpError::new(status).because(said.map_or_else(|| error.to_string(), str::to_owned))
}

/// A request that needs no I/O.
#[derive(Debug)]
pub struct Quick(pub fn());

impl Handler for Quick {
    const ALLOW: &'static str = "GET, HEAD";

    async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
        (self.0)();
        reply.write("done\n");
        Ok(())
    }
}
