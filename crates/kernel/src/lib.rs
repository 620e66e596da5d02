//! The kernel: ids, clock, labels and who may see what, objects, relations, journal, events, jobs.
