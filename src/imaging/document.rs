//! Documents: a page of a scan or of a PDF as a picture to read.

use super::apart::{self, Question};
use super::container::{self, Pages};
use super::{Detail, ImagingError, Picture, decode, shrunk};
use crate::model::DocumentKind;

/// A page of a document.
#[derive(Debug)]
pub struct Page {
    /// Upright, sRGB, on white.
    pub picture: Picture,
    /// How many pages the document has.
    pub of: usize,
    /// Whether the end of the file is missing, and pages with it perhaps: what is found of a document is shown.
    pub is_cut: bool,
    /// Whether parts of this page could not be drawn.
    pub is_partial: bool,
}

/// Page `index` (from 0) of a PDF, of a scan of several pages to TIFF, or the only one of any other picture. Its longest
/// side has `longest` pixels, or those it has where it is a picture of fewer.
pub fn page(bytes: &[u8], index: usize, longest: u16) -> Result<Page, ImagingError> {
    if DocumentKind::sniff(bytes) == Some(DocumentKind::Pdf) {
        return page_of_pdf(bytes, index, longest);
    }
    let Pages { directories, is_whole } = container::pages(bytes);
    let of = directories.len().max(1);
    if index >= of {
        return Err(ImagingError::NoSuchPage);
    }
    let turned = directories.get(index).and_then(|at| container::turned_to(bytes, *at));
    let longest = u32::from(longest);
    let picture = decode(turned.as_deref().unwrap_or(bytes), Detail::AtLeast(longest))?;
    Ok(Page { picture: shrunk(picture, longest), of, is_cut: !is_whole, is_partial: false })
}

fn page_of_pdf(bytes: &[u8], index: usize, longest: u16) -> Result<Page, ImagingError> {
    let index = u32::try_from(index).map_err(|_| ImagingError::NoSuchPage)?;
    let answer = apart::ask(Question::PdfPage { index, longest }, bytes).ok_or(NO_READER)??;
    // ISO 32000-1, 7.5.5, and how far from the end readers look for it.
    let end = &bytes[bytes.len().saturating_sub(1024)..];
    let is_cut = !end.windows(END.len()).any(|at| at == END);
    let (picture, of) = (answer.picture()?, answer.pages as usize);
    Ok(Page { picture, of, is_cut, is_partial: answer.is_partial })
}

/// The last line of a PDF.
const END: &[u8] = b"%%EOF";

/// The program that would read it is not to be started.
const NO_READER: ImagingError = ImagingError::Unsupported("a PDF");
