"""What makes words of sound: engines that run in the speech process, and a service that is asked over HTTP."""
