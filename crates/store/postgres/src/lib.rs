//! The kernel on PostgreSQL.
