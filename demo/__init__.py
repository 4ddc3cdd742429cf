"""The whole path, camera to curator, on one machine: what ``scripts/demo`` runs."""
