//! CUSUM of the log-likelihood ratio of two negative binomials (Page 1954; Höhle & Paul, "Count data regression charts for the
//! monitoring of surveillance time series", 2008).

/// A chart for a rise of the mean by a given factor.
#[derive(Clone, Copy, Debug)]
pub struct Cusum {
    /// Size of the negative binomial (variance = mean + mean²/size).
    pub size: f64,
    /// Factor of the mean that is looked for, above 1.
    pub factor: f64,
    /// Alarm threshold.
    pub threshold: f64,
    statistic: f64,
    reached: f64,
}

/// log p(y | factor × mean) − log p(y | mean).
#[must_use]
pub fn log_likelihood_ratio(y: f64, mean: f64, size: f64, factor: f64) -> f64 {
    y * factor.ln() + (y + size) * ((size + mean) / (size + factor * mean)).ln()
}

impl Cusum {
    /// A chart at zero.
    #[must_use]
    pub fn new(size: f64, factor: f64, threshold: f64) -> Self {
        Self { size, factor, threshold, statistic: 0.0, reached: 0.0 }
    }

    /// Takes a value with its expected mean; true if the statistic is above the threshold. It starts anew after an alarm.
    pub fn update(&mut self, value: f64, mean: f64) -> bool {
        let ratio = log_likelihood_ratio(value, mean.max(1e-9), self.size, self.factor);
        self.statistic = (self.statistic + ratio).max(0.0);
        self.reached = self.statistic;
        let alarm = self.statistic > self.threshold;
        if alarm {
            self.statistic = 0.0;
        }
        alarm
    }

    /// What the last value brought the statistic to, before it started anew.
    #[must_use]
    pub fn reached(&self) -> f64 {
        self.reached
    }

    /// The statistic.
    #[must_use]
    pub fn statistic(&self) -> f64 {
        self.statistic
    }
}
