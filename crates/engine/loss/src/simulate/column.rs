//! A long column of numbers on huge pages: faulting in a million years page by page would cost as much as drawing a
//! quarter of them.

use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// Values from which huge pages pay: 2 MiB.
const LONG: usize = 1 << 18;

/// A list of fixed length.
#[derive(Debug)]
pub struct Column(Memory);

#[derive(Debug)]
enum Memory {
    Short(Vec<f64>),
    Long(MmapMut),
}

impl Column {
    /// All zero. Falls back to ordinary memory where the system gives no mapping.
    pub fn zeros(length: usize) -> Self {
        if length >= LONG
            && let Ok(map) = MmapMut::map_anon(length * size_of::<f64>())
        {
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage);
            return Self(Memory::Long(map));
        }
        Self(Memory::Short(vec![0.0; length]))
    }
}

impl Deref for Column {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        match &self.0 {
            Memory::Short(list) => list,
            Memory::Long(map) => bytemuck::cast_slice(map),
        }
    }
}

impl DerefMut for Column {
    fn deref_mut(&mut self) -> &mut [f64] {
        match &mut self.0 {
            Memory::Short(list) => list,
            Memory::Long(map) => bytemuck::cast_slice_mut(map),
        }
    }
}

impl From<Vec<f64>> for Column {
    fn from(list: Vec<f64>) -> Self {
        Self(Memory::Short(list))
    }
}

impl Clone for Column {
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_columns_hold_what_is_written() {
        for length in [0, 1, LONG - 1, LONG, LONG + 12_345] {
            let mut column = Column::zeros(length);
            assert!(column.len() == length && column.iter().all(|value| *value == 0.0));
            column.iter_mut().zip(0u32..).for_each(|(slot, k)| *slot = f64::from(k));
            let copy = column.clone();
            assert!(copy.iter().zip(0u32..).all(|(value, k)| *value == f64::from(k)));
        }
    }
}
