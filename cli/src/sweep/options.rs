//! Options of `tutee sweep` and `tutee collect`.

use std::path::PathBuf;

use clap::Args;

use crate::whole::whole;

/// Options of `tutee sweep`.
#[derive(Debug, Args)]
pub struct SweepArgs {
    /// The plan: settings of `tutee learn` by the names of its options, each with one value or a list; the runs are all combinations
    #[arg(value_name = "PLAN.toml")]
    pub plan: PathBuf,

    /// The runs of one machine of N, I from 1: those whose number in the plan, from 0, leaves I - 1 when it is divided by N
    #[arg(long, value_name = "I/N", default_value = "1/1", allow_hyphen_values = true, value_parser = Shard::parse)]
    pub shard: Shard,

    /// Go on: results that are there are checked and kept
    #[arg(long)]
    pub resume: bool,

    /// Folder of the results, one for all shards [default: the plan's name without its ending]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Threads, over runs; every number gives the same bits [default: all cores]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| count(text).ok_or("expected a whole number from 1"))]
    pub threads: Option<usize>,
}

/// Options of `tutee collect`.
#[derive(Debug, Args)]
pub struct CollectArgs {
    /// The folder that `tutee sweep` filled
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,

    /// The table, `-` for standard output [default: table.csv in DIR]
    #[arg(long, value_name = "FILE.csv")]
    pub csv: Option<PathBuf>,

    /// The table as Parquet, too: numbers as numbers, what is not there as null
    #[arg(long, value_name = "FILE.parquet")]
    pub parquet: Option<PathBuf>,

    /// The page with figures, medians over seeds with the middle half shaded [default: index.html in DIR, or none with --csv]
    #[arg(long, value_name = "FILE.html")]
    pub page: Option<PathBuf>,

    /// Leave out runs that have no result yet, where they are refused otherwise
    #[arg(long)]
    pub partial: bool,

    /// A column of wall times, too, which are different each time
    #[arg(long)]
    pub seconds: bool,
}

/// Some of the runs of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `count`.
    number: usize,
    count: usize,
}

impl Shard {
    fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((count(number)?, count(of)?)));
        match parts {
            Some((number, count)) if number <= count => Ok(Self { number, count }),
            _ => Err("expected I/N, two numbers with I from 1 to N".to_owned()),
        }
    }

    /// Whether a run is one of them.
    pub const fn has(self, index: usize) -> bool {
        index % self.count == self.number - 1
    }
}

fn count(text: &str) -> Option<usize> {
    whole(text, 1, u64::from(u32::MAX)).ok().and_then(|number| usize::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_the_runs() {
        for of in 1..=5 {
            let shards: Vec<_> = (1..=of).map(|number| Shard::parse(&format!("{number}/{of}")).unwrap()).collect();
            for index in 0..23 {
                assert_eq!(shards.iter().filter(|shard| shard.has(index)).count(), 1, "{index} of {of}");
            }
        }
        for text in ["", "1", "/", "0/3", "4/3", "1/0", "-1/3", "1/3/3", "a/3", "1.5/3"] {
            assert!(Shard::parse(text).is_err(), "{text}");
        }
    }
}
