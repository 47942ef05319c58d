//! One loop for each core.

use std::num::NonZero;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use web::{Application, Cores, Handler, HttpClient, Reply, Request};

/// Blocks its whole thread at `/block`, which no handler should.
struct Blocks {
    entered: mpsc::Sender<()>,
    leave: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Handler for Blocks {
    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        if request.path() == "/block" {
            self.entered.send(())?;
            self.leave.lock().unwrap().recv()?;
        }
        reply.write(thread::current().name().unwrap());
        Ok(())
    }
}

fn fetch(cores: &Cores, path: &str) -> String {
    let url = format!("http://{}{path}", cores.address());
    let response = HttpClient::new().unwrap().fetch(url).unwrap();
    response.text().unwrap().to_owned()
}

#[test]
fn while_one_thread_is_blocked_the_other_serves_and_shutdown_ends_both() {
    let (entered, enters) = mpsc::channel();
    let (leaves, leave) = mpsc::channel();
    let leave = Arc::new(Mutex::new(leave));
    let application = move || {
        let (entered, leave) = (entered.clone(), leave.clone());
        Application::new().route("/.*", move || Blocks {
            entered: entered.clone(),
            leave: leave.clone(),
        })
    };
    let cores = Cores::serve("127.0.0.1:0", NonZero::new(2), application).unwrap();
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| fetch(&cores, "/block"));
        enters.recv().unwrap();
        let second = fetch(&cores, "/");
        leaves.send(()).unwrap();
        (first.join().unwrap(), second)
    });
    let mut names = [first, second];
    names.sort();
    assert_eq!(names, ["web-1", "web-2"]);
    let address = cores.address();
    cores.shutdown(Duration::from_secs(10));
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    assert!(Cores::serve(address, None, Application::new).is_err());
}

#[test]
fn an_application_that_panics_is_an_error() {
    let application = || panic!("no application");
    assert!(Cores::serve("127.0.0.1:0", NonZero::new(1), application).is_err());
}
