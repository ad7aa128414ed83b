"""The shared SQL database: `api` opens it, `models` are the tables, every other module the queries of one noun."""
