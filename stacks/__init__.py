"""The four CloudFormation stacks of the cloud side; ``app.py`` puts them together."""
