"""Extension points of the kit. A receiver that raises makes the operation fail."""
from django.dispatch import Signal

# The view knows the user and the workspace: request, workspace. Sender: the class of the view.
workspace_entered = Signal()

# A string is about to be generated: workspace.
string_generation_started = Signal()

# A propagation job runs in its thread: workspace, job.
job_started = Signal()
