//! What is made of the answers of a registry.

use run_record::{Class, Outcome};

use crate::{
    case::{Case, SHA, said},
    door::{self, Act, body, say},
    registry::Registry,
};

/// A registry with both images of the commit, behind a door that does this.
fn behind(act: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> (Registry, u16) {
    let registry = Registry::start();
    registry.push("c/cilium-ci", SHA);
    registry.push("c/operator-generic-ci", SHA);
    let port = door::open(registry.port, act);
    (registry, port)
}

/// What the first requests are answered, each question for itself; the later ones pass.
fn at_first(answers: usize, answer: fn() -> Act) -> impl Fn(usize, &str) -> Act {
    move |number, _| if number < answers { answer() } else { Act::Pass }
}

#[test]
fn a_registry_that_wants_a_token_gets_one_without_a_name() {
    // `GET /token?service=lab&scope=repository%3Ac%2Fcilium-ci%3Apull`, `HEAD /v2/c/cilium-ci/...`
    let (_registry, port) = behind(|_, head| {
        if let Some((_, scope)) = head.split_once("GET /token?service=lab&scope=repository%3Ac%2F")
        {
            let token = format!("{{\"token\": \"for-{}\"}}", scope.split('%').next().unwrap());
            return body(&token);
        }
        let name = head.split('/').nth(3).unwrap();
        if head.contains(&format!("authorization: Bearer for-{name}")) {
            return Act::Pass;
        }
        let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let of = format!("service=\"lab\",scope=\"repository:c/{name}:pull\"");
        let challenge = format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\",{of}");
        say("401 Unauthorized", &challenge)
    });
    let case = Case::of_commit(port, 0);

    let output = case.run();

    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(case.images().len(), 2);
}

#[test]
fn a_refusal_is_misuse_once_it_is_certain() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let (_registry, port) = behind(move |_, _| say(status, "WWW-Authenticate: Basic"));
        let case = Case::of_commit(port, 45);

        let output = case.run();

        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let record = case.record();
        assert_eq!(record.class, Some(Class::Input));
        let errors = record.errors.join(": ");
        assert!(errors.contains(&format!("cilium-ci:{SHA}` is refused: ")), "{errors}");
    }
}

#[test]
fn a_refusal_an_outage_and_a_cut_connection_that_pass_are_waited_through() {
    let answers: [fn() -> Act; 3] =
        [|| say("403 Forbidden", "x: y"), || say("502 Bad Gateway", "x: y"), || Act::Cut];
    for answer in answers {
        let (_registry, port) = behind(at_first(3, answer));
        let case = Case::of_commit(port, 45);

        let output = case.run();

        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let looks = case.record().facts["images"].clone();
        assert!(looks.as_array().unwrap().iter().any(|one| one["looks"].as_u64() > Some(1)));
    }
}

#[test]
fn a_registry_that_throttles_is_asked_again_when_it_says() {
    let (_registry, port) = behind(at_first(2, || say("429 Too Many Requests", "Retry-After: 1")));
    let case = Case::of_commit(port, 45);

    let output = case.run();

    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("is throttled by the registry for 1s"), "{}", said(&output));
}

#[test]
fn a_registry_that_throttles_beyond_the_deadline_ends_the_wait() {
    let (_registry, port) = behind(|_, _| say("429 Too Many Requests", "Retry-After: 7200"));
    let case = Case::of_commit(port, 45);

    let output = case.run();

    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let record = case.record();
    assert_eq!((record.outcome, record.class), (Outcome::Failed, Some(Class::Registry)));
}

#[test]
fn a_registry_that_stays_away_is_named_with_its_images() {
    // Nobody listens at a port that was given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let case = Case::of_commit(port, 0);

    let output = case.run();

    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let record = case.record();
    assert_eq!(record.class, Some(Class::Registry));
    let errors = record.errors.join(": ");
    for name in ["c/cilium-ci:", "c/operator-generic-ci:", "Connection refused"] {
        assert!(errors.contains(name), "{errors}");
    }
}

#[test]
fn a_wait_that_is_cancelled_ends_at_once() {
    let registry = Registry::start();
    let case = Case::of_commit(registry.port, 45);
    let mut running = case.begin();
    running.until("0 of 2 images are there");

    let pid = rustix::process::Pid::from_child(&running.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let (code, rest) = running.end();

    assert_eq!(code, Some(130), "{rest}");
    assert_eq!(case.record().outcome, Outcome::Cancelled);
}
