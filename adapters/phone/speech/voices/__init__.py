"""What makes sound of words: engines that run in the speech process, and a service that is asked over HTTP."""
