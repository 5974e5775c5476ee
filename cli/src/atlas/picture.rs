//! A small figure of a cell: loss over steps on logarithmic axes, the floor dashed.

use super::cell::{Curve, Found, STEPS};
use crate::report::axes::{Axes, Axis, Scale};
use crate::report::drawing::Drawing;
use crate::report::plot::{self, Ink, Stroke};

const HEIGHT: u32 = 210;

/// The figure.
pub fn picture(name: &str, found: &Found) -> Drawing {
    let points = |curve: &Curve| curve.iter().map(|&(step, loss)| (step as f64, loss)).collect::<Vec<_>>();
    let all =
        || found.beside.iter().map(|(_, curve)| curve).chain([&found.curve]).flatten().filter(|point| point.0 > 0);
    let across = Scale::from_least_to_most(all().map(|point| point.0 as f64));
    let up = Scale::close(all().map(|point| point.1).chain(found.least));
    let across = Axis { title: found.over, scale: across };
    let axes = Axes { across, up: Axis { title: "loss", scale: up } };
    let least = found.least.map(|least| plot::Curve::level("least loss", Stroke::Dashed, across, least));
    let stroke = Stroke::Wide(1.5);
    // One alone is grey; several have colours, to be told apart.
    let ink = |n| if found.beside.len() == 1 { Ink::Guide } else { Ink::Run(n + 1) };
    let beside = found.beside.iter().enumerate();
    let beside = beside.map(|(n, (name, curve))| plot::Curve::new(*name, ink(n), stroke, points(curve)));
    let own = if found.over == STEPS { "loss" } else { "gap" };
    let own = plot::Curve::new(own, Ink::Run(0), Stroke::Solid, points(&found.curve));
    let lines: Vec<_> = least.into_iter().chain(beside).chain([own]).collect();
    plot::curves(name, "", &axes, HEIGHT, &lines).in_small()
}
