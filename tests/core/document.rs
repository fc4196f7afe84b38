//! Pages of documents: PDF, drawn by the program in a process of its own, and scans of several pages to TIFF.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use diptych::export::patient_card;
use diptych::geom::Size;
use diptych::imaging::{self, ImagingError, apart, encode_jpeg, page, resize};
use diptych::model::{Uid, marker};

use crate::support::{difference, painted, skin};

fn with_a_reader() {
    apart::use_worker(PathBuf::from(env!("CARGO_BIN_EXE_diptych")));
}

/// A PDF of these objects, numbered from 1; the first is the catalogue.
fn pdf(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend(format!("{number} 0 obj\n").as_bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    let size = objects.len() + 1;
    out.extend(
        format!("{table}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    out
}

fn stream(head: &str, data: &[u8]) -> Vec<u8> {
    [format!("<< {head} /Length {} >>\nstream\n", data.len()).as_bytes(), data, b"\nendstream"].concat()
}

/// Pages of 100 by 200 points, each filled with a colour, the last one turned; `media` is their size.
fn coloured(colours: &[[u8; 3]], media: &str, trailer: &str) -> Vec<u8> {
    let kids: Vec<String> = (0..colours.len()).map(|i| format!("{} 0 R", 3 + 2 * i)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), kids.len()).into_bytes(),
    ];
    for (i, [r, g, b]) in colours.iter().enumerate() {
        let turn = if i + 1 == colours.len() { 90 } else { 0 };
        let contents = 4 + 2 * i;
        let page = format!("<< /Type /Page /Parent 2 0 R /MediaBox {media} /Rotate {turn} /Contents {contents} 0 R >>");
        let part = |v: &u8| f64::from(*v) / 255.0;
        let drawn = format!("{} {} {} rg 0 0 5000 5000 re f", part(r), part(g), part(b));
        objects.extend([page.into_bytes(), stream("", drawn.as_bytes())]);
    }
    pdf(&objects, trailer)
}

const RED: [u8; 3] = [204, 51, 51];
const GREEN: [u8; 3] = [51, 153, 51];

#[test]
fn every_page_of_a_pdf_is_drawn_upright() {
    with_a_reader();
    let file = coloured(&[RED, GREEN], "[0 0 100 200]", "");
    for (index, colour, size) in [(0, RED, Size::new(400, 800)), (1, GREEN, Size::new(800, 400))] {
        let page = page(&file, index, 800).expect("drawn");
        assert_eq!((page.of, page.picture.size(), page.is_cut), (2, size, false));
        let plain = painted(size, |_| colour);
        assert!(difference(&page.picture, &plain) < 1.0, "page {index}");
    }
    assert_eq!(page(&file, 2, 800).map(|_| ()), Err(ImagingError::NoSuchPage));
    assert_eq!(page(&file, usize::MAX, 800).map(|_| ()), Err(ImagingError::NoSuchPage));
}

#[test]
fn a_printed_card_is_shown_as_it_was_printed() {
    with_a_reader();
    let uid = Uid([0xab; 16]);
    let card = patient_card::pdf(&uid, "P-0192").expect("made");
    let page = page(&card, 0, 1680).expect("drawn");
    assert_eq!(page.picture.size(), Size::new(1680, 1192));
    assert_eq!(imaging::read_codes(&page.picture), [marker::text(&uid)]);
    // The words, in a font that the file does not bring: as much ink as letters have, right of the code.
    let (mut ink, mut all) = (0, 0);
    for (i, p) in page.picture.pixels().iter().enumerate() {
        let (x, y) = (i as u32 % 1680, i as u32 / 1680);
        if (1048..1500).contains(&x) && (200..600).contains(&y) {
            all += 1;
            ink += u32::from(p[0] < 128);
        }
    }
    assert!((2..20).contains(&(100 * ink / all)), "{ink} of {all} pixels are dark");
}

#[test]
fn a_scan_in_a_pdf_has_its_colours() {
    with_a_reader();
    let size = Size::new(300, 420);
    let scan = painted(size, skin);
    let jpeg = encode_jpeg(&scan, 97).expect("encoded");
    let image = "/Type /XObject /Subtype /Image /Width 300 /Height 420 /ColorSpace /DeviceRGB /BitsPerComponent 8 \
                 /Filter /DCTDecode";
    let page_of_it = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 420] /Contents 4 0 R \
                      /Resources << /XObject << /S 5 0 R >> >> >>";
    let file = pdf(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            page_of_it.as_bytes().to_vec(),
            stream("", b"300 0 0 420 0 0 cm /S Do"),
            stream(image, &jpeg),
        ],
        "",
    );
    for longest in [420, 840] {
        let page = page(&file, 0, longest).expect("drawn");
        assert!(!page.is_partial && !page.is_cut);
        let shown = page.picture;
        assert_eq!(shown.size().longest(), u32::from(longest));
        let same = resize(&shown, size);
        assert!(difference(&same, &scan) < 4.0, "{}", difference(&same, &scan));
    }
    // A scan that cannot be decoded leaves an empty page, and that is said.
    let mut broken = file.clone();
    let at = broken.windows(2).position(|w| w == [0xff, 0xd8]).expect("the scan");
    broken[at..at + jpeg.len() / 2].fill(0);
    let page = page(&broken, 0, 420).expect("drawn");
    assert!(page.is_partial);
}

#[test]
fn a_pdf_that_asks_for_a_password_is_said_to() {
    with_a_reader();
    let secret = "00".repeat(32);
    let encrypt = format!(
        "/Encrypt << /Filter /Standard /V 1 /R 2 /O <{secret}> /U <{secret}> /P -4 >> /ID [<{id}> <{id}>]",
        id = "17".repeat(16)
    );
    let file = coloured(&[RED], "[0 0 100 200]", &encrypt);
    assert_eq!(page(&file, 0, 400).map(|_| ()), Err(ImagingError::Locked));
}

#[test]
fn pages_of_an_absurd_size_are_drawn_small_or_refused() {
    with_a_reader();
    let of = |media| page(&coloured(&[GREEN, RED], media, ""), 0, 400).map(|page| page.picture.size());
    assert_eq!(of("[0 0 1000000000 2000000000]"), Ok(Size::new(200, 400)));
    for media in ["[0 0 100000 1]", "[0 0 1 9000000]"] {
        assert_eq!(of(media), Err(ImagingError::Damaged), "{media}");
    }
    // A page without a size is drawn on the paper that most printers hold.
    assert_eq!(of("[0 0 0 0]"), Ok(Size::new(283, 400)));
}

#[test]
fn a_damaged_pdf_is_an_error_or_a_page_and_ends_soon() {
    with_a_reader();
    let card = patient_card::pdf(&Uid([7; 16]), "P-1").expect("made");
    let slow = Duration::from_secs(20);
    for percent in (1..100).step_by(9) {
        let begun = Instant::now();
        if let Ok(page) = page(&card[..card.len() * percent / 100], 0, 300) {
            assert!(page.is_cut, "cut to {percent} %");
        }
        assert!(begun.elapsed() < slow, "cut to {percent} %");
    }
    for at in (0..card.len()).step_by(card.len() / 24) {
        let mut damaged = card.to_vec();
        damaged[at] ^= 0x55;
        let begun = Instant::now();
        if let Ok(page) = page(&damaged, 0, 300) {
            assert_eq!(page.picture.size().longest(), 300, "byte {at}");
        }
        assert!(begun.elapsed() < slow, "byte {at}");
    }
    assert_eq!(page(b"%PDF-1.7 signed", 0, 300).map(|_| ()), Err(ImagingError::Damaged));
}

/// A grey TIFF of 8 by 6 pixels a page, each of one level, in the byte order given.
fn tiff(levels: &[u8], little: bool) -> Vec<u8> {
    let short = |v: u16| if little { v.to_le_bytes() } else { v.to_be_bytes() };
    let long = |v: u32| if little { v.to_le_bytes() } else { v.to_be_bytes() };
    let mut out = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    out.extend(long(8));
    for (i, level) in levels.iter().enumerate() {
        let at = out.len() as u32;
        let entries: [(u16, u16, u32); 9] = [
            (256, 3, 8),
            (257, 3, 6),
            (258, 3, 8),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, at + 2 + 12 * 9 + 4),
            (277, 3, 1),
            (278, 3, 6),
            (279, 4, 48),
        ];
        out.extend(short(9));
        for (tag, kind, value) in entries {
            out.extend([short(tag), short(kind)].concat());
            out.extend(long(1));
            // A SHORT stands at the front of its four bytes.
            if kind == 3 {
                out.extend([short(value as u16), short(0)].concat());
            } else {
                out.extend(long(value));
            }
        }
        let after = at + 2 + 12 * 9 + 4 + 48;
        out.extend(long(if i + 1 < levels.len() { after } else { 0 }));
        out.extend([*level; 48]);
    }
    out
}

#[test]
fn every_page_of_a_scan_to_tiff_is_shown() {
    for little in [true, false] {
        let file = tiff(&[40, 120, 200], little);
        for (index, level) in [40, 120, 200].into_iter().enumerate() {
            let page = page(&file, index, 3600).expect("decoded");
            assert_eq!((page.of, page.picture.size()), (3, Size::new(8, 6)));
            assert!(page.picture.pixels().iter().all(|p| *p == [level, level, level, 255]), "page {index}");
        }
        assert_eq!(page(&file, 3, 3600).map(|_| ()), Err(ImagingError::NoSuchPage));
    }
}

#[test]
fn a_picture_is_a_document_of_one_page_no_larger_than_asked_for() {
    let jpeg = encode_jpeg(&painted(Size::new(640, 480), skin), 90).expect("encoded");
    let shown = page(&jpeg, 0, 320).expect("decoded");
    assert_eq!((shown.of, shown.picture.size()), (1, Size::new(320, 240)));
    assert_eq!(page(&jpeg, 1, 320).map(|_| ()), Err(ImagingError::NoSuchPage));
}
