//! The published page as a browser reads it, checked without one.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may say what cannot happen"
)]

use diptych::export::gallery::{Case, Facts, Shot, index_html, script, stylesheet};
use diptych::geom::Size;
use diptych::model::Fitzpatrick;

fn page() -> String {
    let case = |n: u32| Case {
        facts: Facts {
            indication: "Acne scars & <wrinkles>".into(),
            area: "cheeks, right side, close-up".into(),
            treatments: n,
            planned: 6,
            weeks: 12,
            age_band: Some("30–39".into()),
            skin: Some(Fitzpatrick::IV),
        },
        before: Shot { label: "Session 1 of 6 · baseline".into(), file: format!("pictures/b{n}.jpg") },
        after: Shot { label: "Session 4 of 6 · 12 weeks".into(), file: format!("pictures/a{n}.jpg") },
        size: Size::new(1600, 1200),
    };
    index_html(&[case(1), case(2)])
}

/// Every `<name …>` tag of the page.
fn tags<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!("<{name} ");
    page.match_indices(&open).map(|(at, _)| &page[at..at + page[at..].find('>').expect("closed")]).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    Some(&tag[start..start + tag[start..].find('"')?])
}

#[test]
fn the_page_speaks_to_no_other_site() {
    let page = page();
    for text in [page.as_str(), stylesheet(), script()] {
        for address in ["http:", "https:", "//cdn", "data:", "@import", "url("] {
            assert!(!text.contains(address), "{address}");
        }
    }
    for (tag, name) in [("img", "src"), ("script", "src"), ("link", "href"), ("a", "href")] {
        for found in tags(&page, tag) {
            let address = attribute(found, name).expect("an address");
            assert!(!address.contains(':') && !address.starts_with('/'), "{address}");
        }
    }
}

#[test]
fn the_policy_forbids_everything_but_the_page_s_own_files() {
    let page = page();
    let meta = tags(&page, "meta").into_iter().find(|t| t.contains("Content-Security-Policy")).expect("a policy");
    let policy = attribute(meta, "content").expect("its text");
    assert!(policy.starts_with("default-src 'none'"));
    for part in policy.split(';').skip(1) {
        let sources: Vec<&str> = part.split_whitespace().skip(1).collect();
        assert!(sources.iter().all(|s| ["'self'", "'none'"].contains(s)), "{part}");
    }
    assert!(!page.contains(" style=\"") && !page.contains(" onclick"), "inline code would be blocked");
}

#[test]
fn every_picture_is_described_and_keeps_its_place() {
    let page = page();
    let pictures = tags(&page, "img");
    assert_eq!(pictures.len(), 4);
    for picture in pictures {
        let alt = attribute(picture, "alt").expect("a description");
        assert!(alt.contains("cheeks") && alt.contains("Session"), "{alt}");
        assert_eq!((attribute(picture, "width"), attribute(picture, "height")), (Some("1600"), Some("1200")));
    }
}

#[test]
fn the_slider_is_labelled_and_hidden_until_the_script_runs() {
    let page = page();
    for label in tags(&page, "label") {
        assert!(label.ends_with(" hidden"), "{label}");
    }
    assert_eq!(page.matches("<input type=\"range\"").count(), 2);
    assert_eq!(page.matches("Show more of the before or the after picture").count(), 2);
    assert!(script().contains("slider.hidden = false") && script().contains("aria-valuetext"));
    assert!(stylesheet().contains(":focus-within"));
}

#[test]
fn the_language_is_said_and_text_is_escaped() {
    let page = page();
    assert!(page.contains("<html lang=\"en\">") && page.contains("Acne scars &amp; &lt;wrinkles&gt;"));
    assert!(!page.contains("<wrinkles>"));
    assert_eq!(page.matches("<h1>").count(), 1);
}

#[test]
fn every_case_says_that_results_vary() {
    assert_eq!(page().matches("Results vary").count(), 2);
}

#[test]
fn empty_galleries_say_so() {
    assert!(index_html(&[]).contains("no cases to show"));
}
