#!/bin/sh
# PostgreSQL's image runs this once, with a new volume. A role of its own: superusers pass row-level
# security by.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres <<SQL
CREATE ROLE callmark LOGIN PASSWORD '$(cat /run/secrets/database-password)';
CREATE DATABASE callmark OWNER callmark;
SQL
