//! Links of nothing but noise: what is listed of them, and what of that both halves of the pairs find.

use super::rig::*;
use tutee::activation::Activation;
use tutee::gradient::raw_samples::RawDescent;
use tutee::readings::{Link, Preparation, SureLink, sure_links};
use tutee::shape::Shape;

const SETTING: Preparation = Preparation { intercept: true, spare: false, signed: false };

/// S after 1,000 steps on all of the pairs at once.
fn learned(sizes: [usize; 4], pairs: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let [filters, features, tokens, outputs] = sizes;
    let mut bench = Bench::new(sizes, SETTING);
    let mut training = bench.train(Activation::Identity, pairs).unwrap();
    for _ in 0..1000 {
        for (x, y) in pairs {
            training.accumulate(x, y).unwrap();
        }
        training.step(&RawDescent::default()).unwrap();
    }
    mixing_of(&training, Shape::new(filters, features, tokens, outputs).unwrap(), SETTING)
}

/// The links that stand out in a student of all pairs, with how many students of halves have them.
fn links_of(sizes: [usize; 4], pairs: &[(Vec<f64>, Vec<f64>)]) -> Vec<SureLink<f64>> {
    let (early, late) = pairs.split_at(pairs.len() / 2);
    let parts = [learned(sizes, early), learned(sizes, late)].concat();
    let all = learned(sizes, pairs);
    let none = SureLink { link: Link { output: 0, token: 0, weight: 0.0 }, found: 0, parts: 0 };
    let mut links = vec![none; all.len()];
    let count = sure_links(sizes[2], &all, &parts, &mut links).unwrap();
    links.truncate(count);
    links
}

/// Numbers that are nearly normal: sums of four.
fn normal(noise: &mut Noise) -> f64 {
    (0..4).map(|_| noise.next()).sum::<f64>() * 0.75_f64.sqrt()
}

#[test]
fn of_answers_that_are_noise_fewer_than_one_link_in_twenty_is_sure() {
    let (mut listed, mut sure) = (0, 0);
    for (tokens, features, filters) in [(5, 3, 2), (8, 2, 1), (12, 2, 1), (16, 1, 1)] {
        for (pairs, seed) in [(40, 1), (40, 2), (100, 3), (100, 4), (300, 5)] {
            let mut noise = Noise(seed * 1000 + tokens as u64);
            let mut drawn = |len: usize| (0..len).map(|_| normal(&mut noise)).collect::<Vec<_>>();
            let pairs: Vec<_> = (0..pairs).map(|_| (drawn(tokens * features), drawn(tokens * filters))).collect();
            let links = links_of([filters, features, tokens, tokens], &pairs);
            let found = links.iter().filter(|link| link.found == 2).count();
            println!("{tokens} tokens, {} pairs: {} links listed, {found} in both halves", pairs.len(), links.len());
            (listed, sure) = (listed + links.len(), sure + found);
        }
    }
    // Links are listed of noise, too; what tells them is that halves do not have them.
    assert!(listed > 500 && sure * 20 < listed, "{sure} of {listed}");
}

/// What token `j` of a ring answers: half of its own reading, and a fourth of either neighbour's.
fn of_ring(x: &[f64], j: usize) -> f64 {
    0.5 * x[j] + 0.25 * x[(j + 1) % x.len()] + 0.25 * x[(j + x.len() - 1) % x.len()]
}

/// Of a ring of which each answer has half of its own token and a fourth of either neighbour, beside noise.
#[test]
fn of_a_ring_with_noise_no_false_link_is_sure_and_the_true_ones_are() {
    const TOKENS: usize = 8;
    for (pairs, spread, least) in [(40, 0.01, 24), (300, 0.3, 24), (300, 2.0, 0)] {
        let mut noise = Noise(pairs as u64);
        let recorded: Vec<_> = (0..pairs)
            .map(|_| {
                let x: Vec<f64> = (0..TOKENS).map(|_| normal(&mut noise)).collect();
                let y = (0..TOKENS).map(|j| of_ring(&x, j) + spread * normal(&mut noise)).collect();
                (x, y)
            })
            .collect();
        let links = links_of([1, 1, TOKENS, TOKENS], &recorded);
        let is_true = |link: &&SureLink<f64>| {
            let apart = (link.link.output + TOKENS as u32 - link.link.token) % TOKENS as u32;
            [0, 1, TOKENS as u32 - 1].contains(&apart)
        };
        let sure: Vec<_> = links.iter().filter(|link| link.found == 2).collect();
        let right = sure.iter().copied().filter(is_true).count();
        let (listed, wrong) = (links.len(), sure.len() - right);
        println!("{pairs} pairs, noise {spread}: {listed} listed, {right} true ones and {wrong} others in both halves");
        assert!(right >= least && wrong == 0, "{pairs} {spread}: {right} and {wrong}");
    }
}

/// A ring of which one sensor fails, and gives noise: the others' links are as sure as they were, and it has none.
#[test]
fn of_one_sensor_that_is_noise_fewer_than_one_link_in_twenty_is_sure_and_the_others_keep_theirs() {
    const FAULTY: usize = 5;
    let (mut listed, mut sure, mut kept) = (0, 0, 0);
    for (tokens, pairs) in [(12, 100), (16, 300), (16, 301), (16, 302)] {
        let mut noise = Noise(pairs as u64);
        let recorded: Vec<_> = (0..pairs)
            .map(|_| {
                let x: Vec<f64> = (0..tokens).map(|_| normal(&mut noise)).collect();
                let y =
                    (0..tokens).map(|j| if j == FAULTY { 0.6 * normal(&mut noise) } else { of_ring(&x, j) }).collect();
                (x, y)
            })
            .collect();
        let links = links_of([1, 1, tokens, tokens], &recorded);
        let (of_faulty, others): (Vec<_>, Vec<_>) = links.iter().partition(|link| link.link.output as usize == FAULTY);
        let in_both = |links: &[&SureLink<f64>]| links.iter().filter(|link| link.found == 2).count();
        println!(
            "{tokens} tokens, {pairs} pairs: {} of {} of it, {} of {} of others",
            in_both(&of_faulty),
            of_faulty.len(),
            in_both(&others),
            others.len()
        );
        assert_eq!(in_both(&others), 3 * (tokens - 1));
        (listed, sure, kept) = (listed + of_faulty.len(), sure + in_both(&of_faulty), kept + in_both(&others));
    }
    assert!(listed > 30 && kept > 150 && sure * 20 < listed, "{sure} of {listed}");
}
