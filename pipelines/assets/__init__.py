"""One factory per layer; each makes its assets for every domain in `pipelines.keys.DOMAINS`."""
