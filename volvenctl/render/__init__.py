"""Words: values to text; pure."""
