"""The whole loop on one machine: a demo hospital sends, the centre reads, the objects come back."""
