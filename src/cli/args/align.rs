//! Flags of `diptych align`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args as ClapArgs;

use crate::geom::Point;
use crate::model::Model;
use crate::registration::Region;

/// `diptych align`.
#[derive(Debug, ClapArgs)]
pub struct Align {
    /// The photo to be moved.
    pub moving: PathBuf,
    /// The photo that stays.
    pub fixed: PathBuf,
    /// Freedom of the transform. Only a similarity may be used for comparisons and exports.
    #[arg(long, value_name = "MODEL", default_value = "similarity", value_parser = model)]
    pub model: Model,
    /// The same places in both photos, "MX,MY:FX,FY MX,MY:FX,FY …" in pixels of the upright originals: they give the
    /// transform instead of the pictures.
    #[arg(long, value_name = "PLACES", allow_hyphen_values = true)]
    pub landmarks: Option<Landmarks>,
    /// Refine on the pixels what the landmarks gave.
    #[arg(long, requires = "landmarks")]
    pub refine: bool,
    /// The part of FIXED that alone counts, in its pixels: a rectangle "LEFT,TOP,WIDTH,HEIGHT" or a polygon
    /// "X,Y X,Y X,Y …".
    #[arg(long, value_name = "AREA", allow_hyphen_values = true)]
    pub region: Option<Area>,
    /// Machine-readable result.
    #[arg(long)]
    pub json: bool,
}

fn model(key: &str) -> Result<Model, String> {
    Model::from_key(key).ok_or_else(|| "one of similarity, affine, homography".to_owned())
}

/// Pairs of (moving, fixed) places.
#[derive(Debug, Clone, PartialEq)]
pub struct Landmarks(pub Vec<(Point, Point)>);

impl FromStr for Landmarks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair = |part: &str| {
            let (moving, fixed) = part.split_once(':')?;
            Some((point(moving)?, point(fixed)?))
        };
        let pairs: Option<Vec<_>> = text.split_whitespace().map(pair).collect();
        pairs.filter(|p| !p.is_empty()).map(Self).ok_or_else(|| "places look like 120,300:98.5,310".to_owned())
    }
}

/// A part of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Area(pub Region);

impl FromStr for Area {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rectangle = || match numbers(text)?[..] {
            [x, y, width, height] if width > 0.0 && height > 0.0 => {
                Region::rectangle(&crate::geom::Rect { x, y, width, height })
            }
            _ => None,
        };
        let polygon = || Region::lasso(text.split_whitespace().map(point).collect::<Option<Vec<_>>>()?);
        rectangle().or_else(polygon).map(Self).ok_or_else(|| {
            "an area looks like 100,80,640,480 or like \"100,80 740,80 420,560\", and encloses something".to_owned()
        })
    }
}

fn numbers(text: &str) -> Option<Vec<f64>> {
    text.split(',').map(|n| n.trim().parse().ok().filter(|v: &f64| v.is_finite())).collect()
}

fn point(text: &str) -> Option<Point> {
    match numbers(text)?[..] {
        [x, y] => Some(Point::new(x, y)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_areas_are_read_as_they_are_written() {
        let places: Landmarks = "120,300:98.5,310 2400,-1:2380,1490".parse().expect("places");
        assert_eq!(places.0[1], (Point::new(2400.0, -1.0), Point::new(2380.0, 1490.0)));
        let area: Area = "100,80,640,480".parse().expect("a rectangle");
        assert!((area.0.area() - 640.0 * 480.0).abs() < 1e-9);
        let area: Area = "0,0 100,0 0,100".parse().expect("a triangle");
        assert!((area.0.area() - 5000.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", "1,2", "1,2:3", "1,2:3,x", "1,2:3,inf", "1,2;3,4"] {
            assert!(text.parse::<Landmarks>().is_err(), "{text}");
        }
        for text in ["", "1,2,3", "1,2,0,5", "1,2,-3,5", "0,0 5,5", "0,0 5,5 10,10", "a,b c,d e,f"] {
            assert!(text.parse::<Area>().is_err(), "{text}");
        }
    }
}
