//! `align` and `compare` on loose files.

use diptych::compare::matching::Tone;
use diptych::geom::Matrix3;
use diptych::imaging::{Detail, decode};
use serde_json::Value;

use crate::support::{Run, SIZE, jpeg, pose, run, shot, straight, write};

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> String {
        write(&self.folder.path().join(name), bytes).display().to_string()
    }

    fn out(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

fn matrix(value: &Value) -> Matrix3 {
    serde_json::from_value(value["matrix"].clone()).expect("nine numbers")
}

#[test]
fn the_transform_between_two_photos_is_found() {
    let files = Files::new();
    let turned = pose(6.0, 1.08, -150.0, -200.0);
    let fixed = files.put("fixed.jpg", &jpeg(&shot(1, &straight()), None));
    let moving = files.put("moving.jpg", &jpeg(&shot(1, &turned), None));
    let value = run(&["align", &moving, &fixed, "--json"]).json();
    assert_eq!((&value["answer"], &value["aligned"]), (&"aligned".into(), &true.into()));
    let truth = straight().after(&turned.inverse().expect("regular"));
    let error = matrix(&value).mean_corner_error(&truth, SIZE);
    assert!(error < 0.005 * SIZE.diagonal(), "{error} px");
    assert!(value["confidence"].as_f64().is_some_and(|c| c > 0.5 && c <= 1.0));
    assert!(value["residual_px"].as_f64().is_some_and(|r| r < 3.0));
    assert!(value["residual_mm"].is_null() && value["why"].is_string());
    let mut names: Vec<&String> = value.as_object().expect("an object").keys().collect();
    names.sort();
    assert_eq!(names, ["aligned", "answer", "confidence", "matrix", "residual_mm", "residual_px", "schema", "why"]);
    let text = run(&["align", &moving, &fixed]).expect(0).out;
    assert!(text.starts_with("aligned, residual "), "{text}");
}

#[test]
fn places_clicked_in_both_photos_give_the_transform_and_the_pixels_refine_it() {
    let files = Files::new();
    let turned = pose(6.0, 1.08, -150.0, -200.0);
    let fixed = files.put("fixed.jpg", &jpeg(&shot(1, &straight()), None));
    let moving = files.put("moving.jpg", &jpeg(&shot(1, &turned), None));
    let truth = straight().after(&turned.inverse().expect("regular"));
    // Clicks are a few pixels off, as those of a hand.
    let click = |x: f64, y: f64, off: f64| {
        let there = truth.apply(diptych::geom::Point::new(x, y));
        format!("{x},{y}:{:.1},{:.1}", there.x + off, there.y - off)
    };
    let (w, h) = (f64::from(SIZE.width), f64::from(SIZE.height));
    let places = [click(0.3 * w, 0.3 * h, 3.0), click(0.7 * w, 0.6 * h, -3.0)].join(" ");
    let by_hand = run(&["align", &moving, &fixed, "--landmarks", &places, "--json"]).json();
    assert_eq!((&by_hand["answer"], &by_hand["why"]), (&"aligned".into(), &"placed by landmarks".into()));
    let rough = matrix(&by_hand).mean_corner_error(&truth, SIZE);
    assert!(rough > 2.0 && rough < 0.02 * SIZE.diagonal(), "{rough}");
    let refined = run(&["align", &moving, &fixed, "--landmarks", &places, "--refine", "--json"]).json();
    let error = matrix(&refined).mean_corner_error(&truth, SIZE);
    assert!(error < 0.5 * rough, "{error} after {rough}");
    let _usage = run(&["align", &moving, &fixed, "--landmarks", "1,2;3,4"]).expect(2);
    let outside = run(&["align", &moving, &fixed, "--landmarks", "-10,10:20,20 300,10:200,20", "--json"]).json();
    assert_eq!(outside["answer"], "aligned", "a place may lie outside of the photo");
    // The third spot is another one in the other photo.
    let (x, y) = (0.5 * w, 0.8 * h);
    let astray = format!("{places} {x},{y}:{},{}", 0.1 * w, 0.1 * h);
    let contradicting = run(&["align", &moving, &fixed, "--landmarks", &astray, "--json"]).expect(1);
    assert!(contradicting.err.contains("contradict each other"), "{}", contradicting.err);
    let absurd = run(&["align", &moving, &fixed, "--landmarks", "0,0:0,0 900,0:9,0"]).expect(1);
    assert!(absurd.err.contains("many times larger or smaller"), "{}", absurd.err);
    let useless = run(&["align", &moving, &fixed, "--landmarks", &places, "--region", "-5,-5,100,100"]).expect(2);
    assert!(useless.err.contains("Add --refine"), "{}", useless.err);
    let _usage = run(&["align", &moving, &fixed, "--refine"]).expect(2);
    let too_few = run(&["align", &moving, &fixed, "--landmarks", "1,2:3,4"]).expect(1);
    assert!(too_few.err.contains("1 of 2 points"), "{}", too_few.err);
}

#[test]
fn a_region_alone_counts_and_more_freedom_is_given_only_on_request() {
    let files = Files::new();
    let turned = pose(6.0, 1.08, -150.0, -200.0);
    let fixed = files.put("fixed.jpg", &jpeg(&shot(1, &straight()), None));
    let moving = files.put("moving.jpg", &jpeg(&shot(1, &turned), None));
    let truth = straight().after(&turned.inverse().expect("regular"));
    let region = format!("{0},{1},{0},{1}", SIZE.width / 4, SIZE.height / 4);
    for more in [["--region", region.as_str()], ["--model", "affine"], ["--model", "homography"]] {
        let value = run(&[&["align", &moving, &fixed, "--json"], &more[..]].concat()).json();
        assert_eq!(value["answer"], "aligned", "{more:?}");
        let error = matrix(&value).mean_corner_error(&truth, SIZE);
        assert!(error < 0.01 * SIZE.diagonal(), "{more:?}: {error} px");
    }
    let _usage = run(&["align", &moving, &fixed, "--model", "rubber"]).expect(2);
    let _usage = run(&["align", &moving, &fixed, "--region", "1,2,0,0"]).expect(2);
    let outside = run(&["align", &moving, &fixed, "--region", "9000,0,100,100"]).expect(2);
    assert!(outside.err.contains("lies outside of FIXED"), "{}", outside.err);
    let tiny = run(&["align", &moving, &fixed, "--region", "300,300,20,20", "--json"]).json();
    assert_eq!(tiny["answer"], "none");
    assert!(tiny["why"].as_str().is_some_and(|why| why.contains("draw it larger")), "{tiny}");
}

/// By ISO 3309, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[test]
fn what_shows_nothing_to_align_is_answered_and_what_is_no_picture_is_refused() {
    let files = Files::new();
    let fixed = files.put("fixed.jpg", &jpeg(&shot(1, &straight()), None));
    let empty = files.put("empty.jpg", b"");
    // A whole PNG that says it has 60,000 × 60,000 pixels.
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let (length, named) = ((data.len() as u32).to_be_bytes(), [kind.as_slice(), data].concat());
        [length.as_slice(), &named, &crc32(&named).to_be_bytes()].concat()
    };
    let side = 60_000_u32.to_be_bytes();
    let head = [side.as_slice(), &side, &[8, 2, 0, 0, 0]].concat();
    let chunks = [chunk(b"IHDR", &head), chunk(b"IDAT", &[0; 64]), chunk(b"IEND", &[])].concat();
    let enormous = files.put("enormous.png", &[b"\x89PNG\r\n\x1a\n".as_slice(), &chunks].concat());
    for (file, word) in [(&empty, "empty"), (&enormous, "too large")] {
        for pair in [[file, &fixed], [&fixed, file]] {
            let value = run(&["align", pair[0], pair[1], "--json"]).json();
            assert_eq!((&value["answer"], &value["aligned"]), (&"none".into(), &false.into()));
            assert!(
                value["matrix"].is_null() && value["why"].as_str().is_some_and(|why| why.contains(word)),
                "{value}"
            );
        }
    }
    assert!(run(&["align", &empty, &fixed]).expect(0).out.starts_with("could not align: "));
    let text = files.put("text.jpg", b"no picture at all");
    let _refused = run(&["align", &text, &fixed, "--json"]).expect(1);
}

#[test]
fn another_skin_is_not_aligned_and_that_is_no_failure() {
    let files = Files::new();
    let fixed = files.put("fixed.jpg", &jpeg(&shot(1, &straight()), None));
    let moving = files.put("moving.jpg", &jpeg(&shot(2, &straight()), None));
    let value = run(&["align", &moving, &fixed, "--json"]).json();
    assert_eq!((&value["answer"], &value["aligned"]), (&"none".into(), &false.into()));
    assert!(value["matrix"].is_null());
    assert!(value["why"].as_str().is_some_and(|why| !why.is_empty()));
    let text = run(&["align", &moving, &fixed]).expect(0).out;
    assert!(text.starts_with("could not align: "), "{text}");
    let out = files.out("pair.jpg");
    let said = run(&["compare", &fixed, &moving, "-o", &out]).expect(0);
    assert!(said.out.starts_with("Wrote ") && said.err.contains("side by side as they were taken"), "{}", said.err);
    assert!(said.err.contains("could not align"), "{}", said.err);
}

#[test]
fn a_label_in_letters_that_cannot_be_shown_is_refused_before_anything_is_written() {
    let files = Files::new();
    let before = files.put("before.jpg", &jpeg(&shot(1, &straight()), None));
    let after = files.put("after.jpg", &jpeg(&shot(1, &pose(-4.0, 0.95, -120.0, -60.0)), None));
    let out = files.out("pair.jpg");
    let said = run(&["compare", &before, &after, "-o", &out, "--label-before", "治疗前"]).expect(2);
    assert!(said.err.contains("“治”") && said.err.contains("Nothing was written"), "{}", said.err);
    assert!(!std::path::Path::new(&out).exists());
    let _ = run(&["compare", &before, &after, "-o", &out, "--label-before", "Vorher – до"]).expect(0);
}

#[test]
fn a_comparison_replaces_no_file_unasked_and_never_a_photo_it_is_made_from() {
    let files = Files::new();
    let before = files.put("before.jpg", &jpeg(&shot(1, &straight()), None));
    let after = files.put("after.jpg", &jpeg(&shot(1, &pose(-4.0, 0.95, -120.0, -60.0)), None));
    let theirs = files.put("theirs.jpg", b"a letter");
    let folder = files.folder.path().display().to_string();
    let compare = |out: &str, more: &[&str]| run(&[&["compare", &before, &after, "-o", out], more].concat());
    let said = compare(&theirs, &[]).expect(3);
    assert!(said.err.contains("theirs.jpg") && said.err.contains("--force"), "{}", said.err);
    assert_eq!(std::fs::read(&theirs).expect("read"), b"a letter");
    let photo = std::fs::read(&before).expect("read");
    for more in [&[] as &[&str], &["--force"]] {
        let said = compare(&before, more).expect(3);
        assert!(said.err.contains("one of the photos"), "{}", said.err);
    }
    assert_eq!(std::fs::read(&before).expect("read"), photo);
    let said = compare(&files.out("no/out.jpg"), &[]).expect(1);
    assert!(said.err.contains("not there"), "{}", said.err);
    let said = compare(&folder, &["--force"]).expect(1);
    assert!(said.err.contains("is a folder"), "{}", said.err);
    let said = run(&["compare", &before, &before, "-o", &files.out("out.jpg")]).expect(3);
    assert!(said.err.contains("same photo"), "{}", said.err);
    let said = run(&["compare", &before, &folder, "-o", &files.out("out.jpg")]).expect(1);
    assert!(said.err.starts_with(&folder), "{}", said.err);
    let _ = compare(&theirs, &["--force", "-q"]).expect(0);
    assert!(decode(&std::fs::read(&theirs).expect("read"), Detail::Full).is_ok());
}

#[test]
fn a_file_that_is_no_photo_is_named() {
    let files = Files::new();
    let whole = jpeg(&shot(1, &straight()), None);
    let good = files.put("good.jpg", &whole);
    let cut = files.put("cut.jpg", &whole[..whole.len() / 2]);
    let text = files.put("text.jpg", b"a letter");
    let gone = files.out("gone.jpg");
    for (bad, name) in [(&cut, "cut.jpg"), (&text, "text.jpg"), (&gone, "gone.jpg")] {
        for args in [&["align", bad, &good] as &[&str], &["compare", &good, bad, "-o", &files.out("out.jpg")]] {
            let said: Run = run(args).expect(1);
            assert!(said.err.contains(name) && said.out.is_empty(), "{}", said.err);
        }
    }
    assert!(!files.folder.path().join("out.jpg").exists());
}

#[test]
fn a_comparison_is_a_labelled_picture_of_both() {
    let files = Files::new();
    let before = files.put("before.jpg", &jpeg(&shot(1, &straight()), Some("2026:01:14 10:00:00")));
    let after = files.put("after.jpg", &jpeg(&shot(1, &pose(-4.0, 0.95, -120.0, -60.0)), None));
    let out = files.out("pair.jpg");
    let value = run(&["compare", &before, &after, "-o", &out, "--label-after", "Later", "--json"]).json();
    assert_eq!(value["aligned"], true);
    let reasons = value["grade_reasons"].as_array().expect("reasons");
    let closer = reasons.iter().find(|r| r["aspect"] == "scale").expect("the distance is judged");
    assert_eq!((&closer["grade"], &closer["words"]), (&"A".into(), &"5 % farther".into()), "{value}");
    assert_eq!(value["grade"], reasons[0]["grade"], "the worst one decides");
    let bytes = std::fs::read(&out).expect("written");
    let size = decode(&bytes, Detail::Full).expect("a picture").size();
    assert_eq!(
        (value["width"].as_u64(), value["height"].as_u64()),
        (Some(size.width.into()), Some(size.height.into()))
    );
    assert!(size.width > size.height, "side by side");
    assert!(!bytes.windows(4).any(|w| w == b"Exif"), "metadata must not leave");
}

#[test]
fn exposure_and_colour_are_matched_only_on_request_and_never_where_nothing_is_aligned() {
    let files = Files::new();
    let light = Tone { ev: -0.5, mired: 6.0 };
    let before = files.put("before.jpg", &jpeg(&shot(1, &straight()), None));
    let after = files.put("after.jpg", &jpeg(&light.applied(&shot(1, &pose(-4.0, 0.95, -120.0, -60.0))), None));
    let (plain, matched) = (files.out("plain.jpg"), files.out("matched.jpg"));
    let value = run(&["compare", &before, &after, "-o", &plain, "--json"]).json();
    assert!(value["matched"].is_null() && value["not_matched"].is_null());
    let value = run(&["compare", &before, &after, "-o", &matched, "--match", "--json"]).json();
    let ev = |side: &str| value["matched"][side]["ev"].as_f64().expect("stops");
    assert!((ev("before") + 0.25).abs() < 0.03 && (ev("before") + ev("after")).abs() < 1e-9, "{value}");
    let kelvin = value["matched"]["before"]["kelvin"].as_f64().expect("kelvin");
    assert!((-200.0..-60.0).contains(&kelvin), "half of 6 mired warmer: {kelvin}");
    assert_ne!(std::fs::read(plain).expect("written"), std::fs::read(matched).expect("written"));
    let said = run(&["compare", &before, &after, "-o", &files.out("said.jpg"), "--match"]).expect(0).out;
    assert!(
        said.contains("whole pictures are matched: the earlier one by −0.2 EV") || said.contains("−0.3 EV"),
        "{said}"
    );

    let other = files.put("other.jpg", &jpeg(&shot(2, &straight()), None));
    let apart = files.out("apart.jpg");
    let value = run(&["compare", &before, &other, "-o", &files.out("graded.jpg"), "--json"]).json();
    assert_eq!((&value["grade"], &value["grade_reasons"][0]["words"]), (&"F".into(), &"not aligned".into()), "{value}");
    let said = run(&["compare", &before, &other, "-o", &apart, "--match"]).expect(0);
    assert!(said.err.contains("not matched: the pictures are not aligned"), "{}", said.err);
}
