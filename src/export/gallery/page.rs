//! The page: semantic HTML that works without its script, asks no other site for anything, and names nobody.

use maud::{DOCTYPE, Markup, html};

use super::case::{Case, Facts, Shot};

/// What the page may load: its own pictures, style and script.
const POLICY: &str =
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'";

const TITLE: &str = "Before and after";
const LEDE: &str = "Treatment series, documented with standardized photographs.";
const EMPTY: &str = "There are no cases to show at the moment.";
const VARY: &str = "Results vary with skin type, age, condition and number of treatments.";
const GENUINE: &str = "Each pair shows the same view of one person, published with that person’s consent. The pictures were only \
turned, scaled, shifted and cropped so that the same skin lies at the same place. Nothing was retouched.";
const FADE: &str =
    "Results show within weeks after healing and fade without maintenance. They are no promise for another person.";

/// The stylesheet, `style.css`.
#[must_use]
pub const fn stylesheet() -> &'static str {
    include_str!("../../../assets/gallery/style.css")
}

/// The script, `slider.js`.
#[must_use]
pub const fn script() -> &'static str {
    include_str!("../../../assets/gallery/slider.js")
}

/// Every word that stands in the publication whatever the cases are.
#[must_use]
pub fn fixed_words() -> String {
    use crate::model::{Area, Fitzpatrick, Indication, Pose};
    let mut words = [index_html(&[]), stylesheet().to_owned(), script().to_owned(), CASE_WORDS.to_owned()].concat();
    words.extend(
        Indication::ALL.iter().map(|i| i.words()).chain(Area::ALL.iter().map(|a| a.words())).map(|w| format!(" {w}")),
    );
    words.extend(Pose::ALL.iter().map(|p| format!(" {}", p.words())));
    words.extend(Fitzpatrick::ALL.iter().map(|t| format!(" {}", t.numeral())));
    words.extend([0, 85].map(|age| format!(" {}", Facts::band(age))));
    words
}

/// Words that only pages with cases hold.
const CASE_WORDS: &str = " article figure figcaption session baseline maintenance months weeks days after planned since side right left \
before img src alt width height loading lazy eager hidden unseen about pictures jpg label input type range min max value step class case pair shot facts dl dt dd \
condition area treatments time between age skin type fitzpatrick compare show more of the picture show div span h2 id data aria labelledby ";

/// The whole page.
#[must_use]
pub fn index_html(cases: &[Case]) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (TITLE) }
                link rel="stylesheet" href="style.css";
                script src="slider.js" defer {}
            }
            body {
                header.intro {
                    h1 { (TITLE) }
                    p { (LEDE) }
                }
                main {
                    @if cases.is_empty() {
                        p.empty { (EMPTY) }
                    }
                    @for (i, case) in cases.iter().enumerate() {
                        (article(i + 1, case))
                    }
                }
                footer {
                    p { (GENUINE) }
                    p { (FADE) }
                }
            }
        }
    }
    .into_string()
}

fn article(number: usize, case: &Case) -> Markup {
    let id = format!("case-{number}");
    let facts = &case.facts;
    // The first rows are seen at once; what lies below waits until it is scrolled to.
    let loading = if number <= 4 { "eager" } else { "lazy" };
    let rows = [
        ("Area", Some(facts.area.clone())),
        ("Treatments", Some(facts.treatments_text())),
        ("Time between", Some(facts.time_text())),
        ("Age", facts.age_band.clone()),
        ("Skin type", facts.skin.map(|t| format!("Fitzpatrick {}", t.numeral()))),
    ];
    html! {
        article.case aria-labelledby=(id) {
            div.pair data-compare {
                (shot("before", "Before", loading, case, &case.before))
                (shot("after", "After", loading, case, &case.after))
                label.slider hidden {
                    span.unseen { "Show more of the before or the after picture: " (facts.indication) }
                    input type="range" min="0" max="100" value="50" step="1";
                }
            }
            div.about {
                h2 id=(id) { (facts.indication) }
                dl.facts {
                    @for (name, value) in &rows {
                        @if let Some(value) = value {
                            div { dt { (name) } dd { (value) } }
                        }
                    }
                }
                p.vary { (VARY) }
            }
        }
    }
}

fn shot(class: &str, word: &str, loading: &str, case: &Case, shot: &Shot) -> Markup {
    let alt = format!("{word}: {}, {}. {}.", case.facts.indication.to_lowercase(), case.facts.area, shot.label);
    html! {
        figure class={ "shot " (class) } {
            img src=(shot.file) alt=(alt) width=(case.size.width) height=(case.size.height) loading=(loading);
            figcaption { (shot.label) }
        }
    }
}
