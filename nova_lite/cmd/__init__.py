"""The programs, one small file each."""
