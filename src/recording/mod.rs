//! A session on disk: written step by step, read back, replayed and compared.
