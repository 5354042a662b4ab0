"""Values of a blob as whole numbers."""


class Integers:
    """Labels and indices as whole numbers, which a training script would have from the start: converted once."""

    def __init__(self):
        self.source = self.values = None

    def __call__(self, blob):
        if blob is not self.source:
            self.source, self.values = blob, blob.long()
        return self.values
