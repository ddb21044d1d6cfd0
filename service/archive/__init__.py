"""The truth: rows, objects and events; one module an aggregate. Every query takes a Wall."""
