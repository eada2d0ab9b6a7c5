"""What the senses say together: the product of ear and eye, the verdict, events; and all of it in the record."""
