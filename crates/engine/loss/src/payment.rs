//! What is paid for one event: share x min(max(scale x min(X, cap) - deductible, 0), limit).

use crate::severity::Law;

/// A severity under terms. Layers of payments are payments again.
#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    /// Ground-up loss.
    pub law: Law,
    /// Largest ground-up loss.
    pub cap: f64,
    /// Money per unit of ground-up loss (1, or money per hour of outage, times what controls leave).
    pub scale: f64,
    /// Money.
    pub deductible: f64,
    /// Money above the deductible, infinite when there is none.
    pub limit: f64,
    /// Part that counts.
    pub share: f64,
}

impl Payment {
    /// The whole loss.
    pub fn ground_up(law: Law) -> Self {
        Self { law, cap: f64::INFINITY, scale: 1.0, deductible: 0.0, limit: f64::INFINITY, share: 1.0 }
    }

    /// Largest payment, infinite when there is no bound.
    pub fn top(&self) -> f64 {
        (self.share * self.limit.min(self.scale * self.cap - self.deductible)).max(0.0)
    }

    /// P(payment > y), for y >= 0.
    pub fn survival(&self, y: f64) -> f64 {
        if y >= self.top() { 0.0 } else { self.law.survival(self.loss_at(y)) }
    }

    /// Whether [`Self::survival`] is smooth between `y` and the top.
    pub(crate) fn is_smooth_beyond(&self, y: f64) -> bool {
        self.law.is_smooth_beyond(self.loss_at(y))
    }

    /// P(payment >= top): the atom at the upper end, 0 when there is no bound.
    pub fn top_mass(&self) -> f64 {
        let top = self.top();
        if top.is_infinite() || top <= 0.0 {
            return 0.0;
        }
        // P(X >= x) rather than P(X > x), which differ where the law has an atom.
        let x = self.loss_at(top);
        self.law.survival(x * (1.0 - 4.0 * f64::EPSILON))
    }

    /// The ground-up loss that pays y.
    fn loss_at(&self, y: f64) -> f64 {
        (self.deductible + y / self.share) / self.scale
    }

    /// The payment for a ground-up loss.
    pub fn pay(&self, loss: f64) -> f64 {
        let money = self.scale * loss.min(self.cap);
        self.share * (money - self.deductible).max(0.0).min(self.limit)
    }

    /// The smallest y with P(payment > y) <= s.
    pub fn quantile(&self, s: f64) -> f64 {
        if s >= 1.0 {
            return 0.0;
        }
        self.pay(self.law.quantile(s))
    }

    /// E[payment^order], order 1, 2 or 3; infinite where it is.
    pub fn moment(&self, order: i32) -> f64 {
        let low = self.deductible / self.scale;
        let high = self.cap.min((self.deductible + self.limit) / self.scale);
        if high <= low {
            return 0.0;
        }
        let unit = self.share * self.scale;
        let first = self.law.limited_moment(1, high) - self.law.limited_moment(1, low);
        if order == 1 {
            return unit * first;
        }
        let second = self.law.limited_moment(2, high) - self.law.limited_moment(2, low) - 2.0 * low * first;
        if order == 2 {
            return unit * unit * second;
        }
        let third = self.law.limited_moment(3, high) - self.law.limited_moment(3, low);
        unit.powi(3) * (third - 3.0 * low * second - 3.0 * low * low * first)
    }

    /// Whether payments have a bound.
    pub fn is_bounded(&self) -> bool {
        self.top().is_finite()
    }

    /// The tail index that matters for moments of the payment: 0 when it is bounded.
    pub fn tail_index(&self) -> f64 {
        if self.is_bounded() { 0.0 } else { self.law.tail_index() }
    }

    /// The layer `limit` xs `attachment` of this payment.
    pub fn layer(&self, attachment: f64, limit: f64) -> Self {
        let attachment = attachment / self.share;
        Self {
            deductible: self.deductible + attachment,
            limit: (self.limit - attachment).max(0.0).min(limit / self.share),
            ..self.clone()
        }
    }
}
