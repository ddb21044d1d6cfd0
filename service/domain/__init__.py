"""Pure rules: who may see what, what may follow what, when a study is complete. No I/O of any kind."""
