"""The HTTP process as a whole: one application from the edges' routers, its health, its guards, its figures."""
