//! Made-up people of a large clinic, with names in many scripts.

use chrono::{Days, NaiveDate};
use diptych::model::{Fitzpatrick, NewPatient, Redacted};

/// Given names, family names; combined within their script.
type Names = (&'static [&'static str], &'static [&'static str]);

const LATIN: Names = (
    &[
        "Ülle",
        "Søren",
        "Łukasz",
        "Zoë",
        "José",
        "Chloé",
        "Åsa",
        "Jiří",
        "Nuria",
        "İnci",
        "Ánh",
        "Marlene",
        "Anna-Lena",
        "Björn",
        "Françoise",
        "Ștefan",
        "Mary",
        "John",
        "Olivia",
        "Noah",
        "Amélie",
        "Gábor",
        "Ingrid",
        "Thérèse",
    ],
    &[
        "Mägi",
        "O’Neill",
        "Żółć",
        "Müller",
        "García Márquez",
        "Dvořák",
        "Öztürk",
        "Nguyễn",
        "Smith",
        "Brown",
        "Karlsson",
        "Weiß",
        "Lefèvre",
        "Çelik",
        "Ionescu",
        "Nagy",
        "Rossi",
        "Jensen",
        "Van der Berg",
        "Þórsdóttir",
        "Kowalska",
        "Lee",
    ],
);
const CYRILLIC: Names = (
    &["Фёдор", "Анна", "Юлия", "Дмитрий", "Олена", "Їванна", "Сергей", "Мария"],
    &["Иванова", "Шевченко", "Кузнецов", "Соловьёв", "Мельник", "Попова", "Чайковский"],
);
const GREEK: Names =
    (&["Γιώργος", "Ελένη", "Μαρία", "Νίκος", "Σοφία"], &["Παπαδόπουλος", "Οικονόμου", "Βασιλείου", "Νικολάου"]);
const ARABIC: Names = (
    &["محمد", "فاطمة", "أحمد", "مريم", "عبد الرحمن", "ليلى", "يوسف"],
    &["حسن", "الخطيب", "إبراهيم", "العلي", "منصور", "حداد"],
);
const HAN: Names =
    (&["小明", "伟", "芳芳", "秀英", "子涵", "美玲", "建国"], &["王", "李", "张", "刘", "陈", "欧阳", "司马"]);
const KOREAN: Names = (&["민준", "서연", "지우", "하은"], &["김", "이", "박", "최"]);
const THAI: Names = (&["สมชาย", "กัลยา", "อภิชาติ", "ดวงใจ"], &["แสงทอง", "ศรีสุข", "วงศ์สวัสดิ์", "ทองดี"]);
const HINDI: Names = (&["किरण", "आदित्य", "प्रिया", "राजेश"], &["शर्मा", "गुप्ता", "सिंह", "पटेल"]);

const SCRIPTS: [(Names, u32); 8] =
    [(LATIN, 50), (CYRILLIC, 12), (GREEK, 4), (ARABIC, 10), (HAN, 12), (KOREAN, 4), (THAI, 4), (HINDI, 4)];

/// The nth person.
pub fn person(n: u32) -> NewPatient {
    // Steps that share no factor with the lists, so that every pair of names comes up.
    let mut share = n.wrapping_mul(61) % 100;
    let mut names = LATIN;
    for (script, of_hundred) in SCRIPTS {
        names = script;
        match share.checked_sub(of_hundred) {
            Some(rest) => share = rest,
            None => break,
        }
    }
    let pick = |list: &[&'static str], step: u32| list[(n.wrapping_mul(step) >> 3) as usize % list.len()];
    let born = NaiveDate::from_ymd_opt(1950, 1, 1).expect("a date") + Days::new(u64::from(n) * 13 % 18_000);
    NewPatient {
        code: Redacted(format!("P-{n:05}")),
        given: pick(names.0, 2_654_435_761).into(),
        family: pick(names.1, 2_246_822_519).into(),
        birth: Some(Redacted(born)),
        fitzpatrick: Some(Fitzpatrick::ALL[n as usize % 6]),
    }
}
