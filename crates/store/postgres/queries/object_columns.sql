SELECT
    o.id, o.kind, o.version, o.label, o.owner, o.created_at, o.recorded_at, o.synthetic, o.erased,
    b.schema, b.author, b.body
