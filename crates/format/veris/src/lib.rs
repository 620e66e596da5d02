//! Reader of VERIS JSON incident records.
