"""The OpenAPI document: what the framework makes of the routes, made whole."""
