//! The programme: 3 strategies, 42 measures, indicators as tested queries, council reviews.
