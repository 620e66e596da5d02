INSERT INTO account (
    id, name, organisation, communities, roles, password_hash, totp_secret, totp_last_step, oidc_subject, disabled,
    created_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name,
    organisation = excluded.organisation,
    communities = excluded.communities,
    roles = excluded.roles,
    password_hash = excluded.password_hash,
    totp_secret = excluded.totp_secret,
    oidc_subject = excluded.oidc_subject,
    disabled = excluded.disabled
