"""The process that captures, reads and keeps."""
