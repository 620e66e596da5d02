# The two commands of the README are `make run` and `make test`; each does all of its own set-up.

.PHONY: run test console openapi

run:
	@scripts/run

test:
	@scripts/test

# The console alone, into console/dist, from where a debug build serves it.
console:
	@scripts/setup run
	@cd console && npm run --silent build

# Files that are made from the code and committed; tests fail when they are stale.
openapi:
	cargo run --quiet -- openapi > openapi/shinayaka.json
	cd console && npm run --silent api
