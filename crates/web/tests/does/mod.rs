//! A handler that is a function.

use web::{Application, Handler, Reply, Request};

/// A handler that is a function, for GET and POST.
pub(crate) struct Does<F>(pub(crate) F);

impl<F> Handler for Does<F>
where
    F: AsyncFn(&mut Request, &mut Reply) -> web::Result + 'static,
{
    const ALLOW: &'static str = "GET, HEAD, POST";

    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        self.0(request, reply).await
    }

    async fn post(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        self.0(request, reply).await
    }
}

pub(crate) fn with<F>(pattern: &str, function: F) -> Application
where
    F: AsyncFn(&mut Request, &mut Reply) -> web::Result + Clone + 'static,
{
    Application::new().route(pattern, move || Does(function.clone()))
}
