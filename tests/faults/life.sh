#!/bin/sh
# Fails each step of create, start, exec and run --detach; run.sh says how.
exec "$(dirname "$0")/run.sh" life
