//! The words of the field as plain types: values without a database, a clock or a window.

pub mod attachment;
pub mod consent;
pub mod frame;
pub mod id;
pub mod label;
pub mod marker;
pub mod pair;
pub mod patient;
pub mod photo;
pub mod series;
pub mod session;
pub mod text;

pub use attachment::{Attachment, DocumentKind, NewAttachment};
pub use consent::{Consent, ConsentEvent, Purpose, Scope};
pub use frame::{Alignment, AlignmentSource, Answer, Basis, Frame, Landmark, Model, WhyNot};
pub use id::{
    AlignmentId, AttachmentId, BlobId, ConsentId, FrameId, PatientId, PhotoId, SeriesId, SessionId, TrayId, Uid,
    UserId, ViewId, VolumeId,
};
pub use label::{SessionLabel, labels};
pub use pair::{PhotoFile, count_photos};
pub use patient::{Fitzpatrick, NewPatient, Patient, Redacted};
pub use photo::{CaptureFacts, CaptureSource, Phase, Photo, PhotoHash, Slot};
pub use series::{Area, Indication, Light, NewSeries, NewView, Pose, Series, SeriesState, Side, View};
pub use session::{Session, SessionKind};
