//! Plants secrets wherever others can put words into a run, drives the real stages, and searches
//! everything that comes out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_server;
mod haystack;
mod needle;
mod page;
mod place;
mod planted_run;
mod secret;

use haystack::Haystack;
use place::Place;
use planted_run::PlantedRun;
use secret::SECRETS;

#[test]
fn no_planted_secret_comes_out_anywhere() {
    let run = PlantedRun::new();

    let found = run.take();

    let table = page::table(&found);
    println!("{table}");
    let leaks: Vec<String> = found.iter().flat_map(Haystack::leaks).collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    page::check(&table);
    run.what_is_no_secret_came_out(&found);
}

#[test]
fn what_was_asked_for_is_refused_if_it_holds_a_secret() {
    let run = PlantedRun::new();

    for secret in SECRETS {
        run.plan_is_refused(secret);
    }
}

#[test]
fn the_search_finds_every_secret_where_it_was_planted() {
    let run = PlantedRun::new();

    let planted = run.planted();

    for place in Place::ALL {
        for secret in SECRETS.iter().filter(|secret| place.takes(secret)) {
            assert!(planted.count(secret, *place) > 0, "{} in {place:?}", secret.name);
        }
    }
}
