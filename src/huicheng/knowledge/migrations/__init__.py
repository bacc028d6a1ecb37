"""Migrations of the knowledge base."""
