package main

import "errors"

func limitFiles(uint64) error { return errors.New("this system has no limit for file sizes") }
