"""What `make` runs: setting up, the trial, the services of one machine."""
