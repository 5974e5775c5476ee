//! Distributions of inputs, as the command line and results name them.

use std::fmt;

use tutee::input::Input;

/// What `--input` takes.
pub const NAMES: &str = "gaussian, exponential, uniform, laplace, gumbel, student-t:NU, correlated:RHO or shifted:MEAN";

/// A distribution of inputs, in double precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputName(pub Input<f64>);

impl InputName {
    /// Standard normal.
    pub const GAUSSIAN: Self = Self(Input::Gaussian);
    /// Exponential with mean 1.
    pub const EXPONENTIAL: Self = Self(Input::Exponential);

    /// Reads a name with its parameter.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        let number = |what: &str| {
            let number = parameter.and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite());
            number.ok_or_else(|| format!("expected {name}:{what}, with a number"))
        };
        let input = match name {
            "gaussian" => Input::Gaussian,
            "exponential" => Input::Exponential,
            "uniform" => Input::Uniform,
            "laplace" => Input::Laplace,
            "gumbel" => Input::Gumbel,
            "student-t" => {
                let degrees = parameter.and_then(|text| text.parse().ok());
                let degrees_of_freedom = degrees.ok_or("expected student-t:NU, with a whole number from 3 to 64")?;
                Input::StudentT { degrees_of_freedom }
            }
            "correlated" => Input::Correlated { correlation: number("RHO")? },
            "shifted" => Input::Shifted { mean: number("MEAN")? },
            _ => return Err(format!("expected {NAMES}")),
        };
        let plain =
            matches!(input, Input::Gaussian | Input::Exponential | Input::Uniform | Input::Laplace | Input::Gumbel);
        if plain && parameter.is_some() {
            return Err(format!("expected {name} alone"));
        }
        input.check().map_err(|error| error.to_string())?;
        Ok(Self(input))
    }
}

impl fmt::Display for InputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Input::Gaussian => f.write_str("gaussian"),
            Input::Exponential => f.write_str("exponential"),
            Input::Uniform => f.write_str("uniform"),
            Input::Laplace => f.write_str("laplace"),
            Input::Gumbel => f.write_str("gumbel"),
            Input::StudentT { degrees_of_freedom } => write!(f, "student-t:{degrees_of_freedom}"),
            Input::Correlated { correlation } => write!(f, "correlated:{correlation:?}"),
            Input::Shifted { mean } => write!(f, "shifted:{mean:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in [
            "gaussian",
            "exponential",
            "uniform",
            "laplace",
            "gumbel",
            "student-t:5",
            "correlated:-0.25",
            "shifted:2.0",
        ] {
            assert_eq!(InputName::parse(name).unwrap().to_string(), name);
        }
        assert_eq!(InputName::parse("shifted:1e-3"), Ok(InputName(Input::Shifted { mean: 0.001 })));
        let refused = [
            ("normal", "expected gaussian, exponential"),
            ("gaussian:1", "expected gaussian alone"),
            ("gumbel:1", "expected gumbel alone"),
            ("student-t", "expected student-t:NU"),
            ("student-t:2", "3..=64"),
            ("student-t:4.5", "expected student-t:NU"),
            ("correlated:1", "strictly between"),
            ("correlated:", "expected correlated:RHO"),
            ("shifted:inf", "expected shifted:MEAN"),
        ];
        for (text, expected) in refused {
            let error = InputName::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
