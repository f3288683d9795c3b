enum PlaceholderOps {}
