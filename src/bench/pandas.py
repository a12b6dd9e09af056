"""Rows into a table as pandas does it: read_csv, then to_sql."""

import os
import sys

import pandas
import sqlalchemy

file, url, table = sys.argv[1:4]
url = sqlalchemy.engine.make_url(url)
if "CREWDESK_BENCH_PASSWORD" in os.environ and url.host:
    url = url.set(password=os.environ["CREWDESK_BENCH_PASSWORD"])
frame = pandas.read_csv(file)
engine = sqlalchemy.create_engine(url)
with engine.begin() as connection:
    frame.to_sql(table, connection, if_exists="append", index=False, chunksize=10_000)
