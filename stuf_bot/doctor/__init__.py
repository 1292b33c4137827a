"""What `stuf-bot doctor` looks at: the realm, the control repository, AWS. It changes nothing anywhere."""
