"""What the senses say together: the product of ear and eye, the verdict, tags, events, boxes and their tracks."""
